"""The model bundles: which there are, where they lie, how they come here, which one runs.

Standard library only, so that the daemon can name its model without loading an engine.
`manifest` reads the list, `resolve` picks a bundle, `get` brings one here (`fetch` downloads,
`build` makes it from a wheel with `tflite` and `bundle`). Nothing here runs a network.
"""
