"""The webhooks that the sandbox sends."""
