"""The build of the Go programs Gotenberg and versitygw."""
