"""What a bundle says of itself to whoever opens it."""

from typing import Final

from digitizer.domain.listing import NOTICE

READ_ME: Final = f"""{NOTICE}

BUNDEL BUKTI / PROOF BUNDLE

tallies.csv     suara terverifikasi per TPS / verified tallies by TPS
totals.csv      jumlah per wilayah dengan cakupan / totals by area with their coverage
readings.csv    foto, halaman dan model pembaca, dengan SHA-256 / photos, pages and models
events/         seluruh riwayat, satu berkas tiap instalasi / the whole history, one file a node
photos/         salinan publik foto, bila disertakan / public copies of photos, when given
manifest.json   SHA-256 setiap berkas / of every file
signature.json  tanda tangan Ed25519 atas manifest.json / over manifest.json

Periksa / check:  digitizer verify BUNDLE.zip --key FINGERPRINT --head HEAD

Tanpa perangkat lunak kami / without our software:
1. The SHA-256 of every file is the one in manifest.json.
2. signature.json signs the bytes of manifest.json (Ed25519, RFC 8032). The SHA-256 of the 32 bytes
   of its public key is the fingerprint: compare it with one that you were told elsewhere.
3. A line of events/ is a hash, one blank, and JSON. The SHA-256 of that JSON, as it stands, is the
   hash. seq counts 1, 2, 3, ...; prev is the hash of the line before (the first: 64 zeros).
4. A head is the SHA-256 of [[node,seq,hash],...], the last line of every chain, sorted, as JSON
   without blanks. One that was published earlier must come out of the lines up to that moment.
5. The latest tally_made of a TPS that no tally_withdrawn took back has the numbers of tallies.csv;
   its as_written is what the form_verified events that it names confirmed.
"""
