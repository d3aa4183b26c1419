"""Send an API call: authorization, retries, deadline, transport, envelope."""
