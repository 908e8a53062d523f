"""The kin of the Pilkada's reference layouts, drawn up from those of Gubernur with two paslon.

Those two files are written by hand; `make forms` writes the sixteen others from them: Bupati and
Walikota, three and four paslon, plano and SALINAN. A test holds the files to what is written here.
"""
