"""The part of Zeven that a hub installs: a wheel with the connectors and the commands that a hub needs."""
