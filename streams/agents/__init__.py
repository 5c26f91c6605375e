"""The stages as faust agents: a few lines each; what they decide lies in `streams.national` and `streams.notices`."""
