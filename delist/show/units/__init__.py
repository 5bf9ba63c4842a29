"""The files that have `delist run` done by itself: of systemd, cron, containers, logrotate."""
