"""What the product costs and how often it is right, measured, with intervals."""
