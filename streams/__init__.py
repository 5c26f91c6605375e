"""The thinking: which things there are, what is said of them, who should hear of it, and the view of it all."""
