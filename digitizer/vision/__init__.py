"""From the bytes of a photo to what is written on a page, one step a module.

    photo      bytes to an upright picture              decode_photo
    locate     which page, and where                    locate_page     (by_tag, by_corners,
                                                        by_print, confirm, naming, refuse)
    rectify    the page laid flat                       rectify         (register)
    segment    the pixels of every box and bubble       segment
    cells      glyphs, bubbles and their probabilities  read_cells      (digits, marks, quality)
    public     the pictures that anyone may see         desk_pictures
    overlay    every step drawn for people              save_overlays   (drawing)
    inspect    advice on a camera's preview             inspect

Knows pixels, `digitizer.domain` and `digitizer.errors`; form definitions come in as arguments.
"""
