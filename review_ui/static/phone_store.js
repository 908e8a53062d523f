// The photos on this phone, in the browser's own database: they survive a reload and a restart.
//
// The bytes of a photo are kept apart from what is known of it, so that noting how far it has come
// never writes them again. A photo that was removed is never brought back by a late note.

/** @import { PhonePhoto, ServerList } from "./types.js" */

const NAME = "phone";
const STORES = ["photos", "files", "previews", "kept"];

/** @type {Promise<IDBDatabase> | null} */
let opened = null;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      for (const store of STORES) {
        asked.result.createObjectStore(store, store === "photos" ? { keyPath: "key" } : undefined);
      }
    };
    asked.onsuccess = () => {
      asked.result.onclose = () => (opened = null);
      resolve(asked.result);
    };
    asked.onerror = () => {
      opened = null;
      reject(asked.error);
    };
  });
  return opened;
}

/** Do something in one transaction; the answer comes when it is on disk.
 *  @template T
 *  @param {string[]} stores
 *  @param {IDBTransactionMode} mode
 *  @param {(transaction: IDBTransaction) => IDBRequest<T> | void} work
 *  @returns {Promise<T | undefined>} */
async function within(stores, mode, work) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(stores, mode, { durability: "strict" });
    const asked = work(transaction);
    transaction.oncomplete = () => resolve(asked ? asked.result : undefined);
    transaction.onabort = () => reject(transaction.error);
  });
}

/** Keep a new photo with its bytes, or nothing of it.
 *  @param {PhonePhoto} photo
 *  @param {Blob} file */
export async function addPhoto(photo, file) {
  await within(["photos", "files"], "readwrite", (transaction) => {
    transaction.objectStore("files").add(file, photo.key);
    transaction.objectStore("photos").add(photo);
  });
}

/** Every photo of every account, the oldest first.
 *  @returns {Promise<PhonePhoto[]>} */
export async function listPhotos() {
  /** @type {PhonePhoto[]} */
  const found =
    (await within(["photos"], "readonly", (it) => it.objectStore("photos").getAll())) ?? [];
  return found.sort((a, b) => a.at - b.at);
}

/** Change what is known of a photo that is still here, and in the state that the caller saw: a
 *  second tap, or another tab, never takes back what has become of it meanwhile.
 *  @param {string} key
 *  @param {PhonePhoto["state"]} state
 *  @param {Partial<PhonePhoto>} changes */
export async function changePhoto(key, state, changes) {
  await within(["photos"], "readwrite", (it) => change(it, key, state, changes));
}

/** Note that a photo is whole on the server; its bytes are no longer needed here.
 *  @param {string} key
 *  @param {Partial<PhonePhoto>} changes */
export async function finishPhoto(key, changes) {
  await within(["photos", "files"], "readwrite", (transaction) => {
    change(transaction, key, "waiting", { ...changes, state: "sent" });
    transaction.objectStore("files").delete(key);
  });
}

/** @param {IDBTransaction} transaction  @param {string} key  @param {PhonePhoto["state"]} state
 *  @param {Partial<PhonePhoto>} changes */
function change(transaction, key, state, changes) {
  const photos = transaction.objectStore("photos");
  const found = photos.get(key);
  found.onsuccess = () => {
    if (found.result?.state === state) photos.put({ ...found.result, ...changes });
  };
}

/** Forget a photo and its bytes.
 *  @param {string} key */
export async function removePhoto(key) {
  await within(["photos", "files", "previews"], "readwrite", (transaction) => {
    for (const store of ["photos", "files", "previews"]) transaction.objectStore(store).delete(key);
  });
}

/** The bytes of a photo, null when they are not here any more.
 *  @param {string} key
 *  @returns {Promise<Blob | null>} */
export async function fileOf(key) {
  return (await within(["files"], "readonly", (it) => it.objectStore("files").get(key))) ?? null;
}

/** The small picture of a photo, null where none could be made.
 *  @param {string} key
 *  @returns {Promise<Blob | null>} */
export async function previewOf(key) {
  const found = within(["previews"], "readonly", (it) => it.objectStore("previews").get(key));
  return (await found) ?? null;
}

/** @param {string} key  @param {Blob} preview */
export async function keepPreview(key, preview) {
  await within(["previews"], "readwrite", (it) => {
    it.objectStore("previews").put(preview, key);
  });
}

/** What the server said last of the photos it has, null before the first time.
 *  @returns {Promise<{etag: string, list: ServerList} | null>} */
export async function keptList() {
  return (await within(["kept"], "readonly", (it) => it.objectStore("kept").get("list"))) ?? null;
}

/** @param {string} etag  @param {ServerList} list */
export async function keepList(etag, list) {
  await within(["kept"], "readwrite", (it) => {
    it.objectStore("kept").put({ etag, list }, "list");
  });
}

/** Forget what is safe on the server; photos that were not sent stay. */
export async function forgetSent() {
  const sent = (await listPhotos()).filter((photo) => photo.state === "sent");
  for (const photo of sent) await removePhoto(photo.key);
  await within(["kept"], "readwrite", (it) => {
    it.objectStore("kept").delete("list");
  });
}
