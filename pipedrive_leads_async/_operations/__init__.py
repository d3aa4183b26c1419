"""The methods of `LeadsClient`, in groups: one for each subject of Pipedrive's reference."""
