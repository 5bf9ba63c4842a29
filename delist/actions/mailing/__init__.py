"""Taking in the mails of lists: from files, mailboxes, a pipe, or a server."""
