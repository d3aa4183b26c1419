"""The stand-in for `oauth.pipedrive.com`."""
