"""The nouns clients see: types, inputs and refusals, each with its words. What they do is the resolvers' business."""
