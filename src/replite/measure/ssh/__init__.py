"""SSH to devices: keys, host keys, jump hosts, the user's configuration, and commands there."""
