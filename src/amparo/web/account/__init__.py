"""Who one is: log-in, second factors, sessions."""
