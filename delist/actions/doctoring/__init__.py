"""`doctor`: looks at everything that has to work, and says what does and what to mend."""
