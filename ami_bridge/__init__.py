"""Everything Asterisk: the AMI session, live calls, conferences."""
