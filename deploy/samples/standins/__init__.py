"""How the source systems of each hub show what their store holds, one module each."""
