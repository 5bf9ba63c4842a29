"""How scans of logs and explained replies read."""
