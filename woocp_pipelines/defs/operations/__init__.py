"""Operations: what a person starts when something went wrong."""
