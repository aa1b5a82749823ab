"""The subcommands of `woocp`, one module for each group.

Belongs here: options, opening the two systems, calling one flow, showing what it reports. No rule
and no statement: what a command shows exists once, in flows/ and counterpoint/. Heavy modules are
imported inside the commands, so that `woocp --help` is there at once.
"""
