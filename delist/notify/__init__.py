"""Sends a message: by a mail server, by the local sendmail, or by anything that Apprise speaks."""
