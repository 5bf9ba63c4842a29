"""What the lines of mail logs say: which are delivery attempts of ours, how they ended, and when."""
