"""Send one API call: authorization, retries, deadline, session, envelope."""
