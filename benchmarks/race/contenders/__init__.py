"""One module per contender; each has `Contender`, a subclass of `base.Base`."""
