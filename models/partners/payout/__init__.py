"""What installers are paid for jobs, and the margin that remains. Nothing that computes an invoice imports it."""
