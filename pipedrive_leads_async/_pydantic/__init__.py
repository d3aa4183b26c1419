"""The schemas that pydantic asks for. Nothing else imports this folder, which imports pydantic."""
