"""The line's rules, pure: state and input in, facts and commands out."""
