"""Values to lines for people and JSON for scripts: all sentences stand here and in the templates."""
