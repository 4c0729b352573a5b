"""The page of a quote that a client opens by their link, without a login."""
