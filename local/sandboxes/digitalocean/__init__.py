"""The sandbox of the billing API of DigitalOcean."""
