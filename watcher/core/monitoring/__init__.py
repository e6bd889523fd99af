"""Pure parts of monitoring: call windows, incidents, silences, checks and their messages."""
