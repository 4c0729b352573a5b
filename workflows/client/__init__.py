"""What callers use to start and ask workflows. No workflow imports it."""
