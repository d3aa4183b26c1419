"""The command line: `pipedrive-leads`, or `python -m pipedrive_leads_async`."""
