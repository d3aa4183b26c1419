"""The schemas of models and requests for pydantic. Only pydantic's hooks import this folder."""
