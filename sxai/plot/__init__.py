"""Parts that charts of several topics share: theme, table, export, panels."""
