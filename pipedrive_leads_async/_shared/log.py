"""The one logger of this library."""

import logging

log = logging.getLogger("pipedrive_leads_async")
