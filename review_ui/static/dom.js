// Elements by selector and class. One that is missing or of another class is a fault of the page,
// told at once and as a plain Error: a TypeError is what fetching throws where there is no network.
//
// Custom elements find their fields so as well. Modules run when a page is parsed, and a page
// fetched ahead arrives whole, so that children are there before their element is upgraded.

/** The first element that the selector fits.
 *  @template {Element} T
 *  @param {ParentNode} root
 *  @param {string} selector
 *  @param {new () => T} Class
 *  @returns {T} */
export function find(root, selector, Class) {
  return checked(root.querySelector(selector), selector, Class);
}

/** The first element that the selector fits, null where the page has none.
 *  @template {Element} T
 *  @param {ParentNode} root
 *  @param {string} selector
 *  @param {new () => T} Class
 *  @returns {T | null} */
export function findOptional(root, selector, Class) {
  const node = root.querySelector(selector);
  return node === null ? null : checked(node, selector, Class);
}

/** Every element that the selector fits, in the order of the page.
 *  @template {Element} T
 *  @param {ParentNode} root
 *  @param {string} selector
 *  @param {new () => T} Class
 *  @returns {T[]} */
export function findAll(root, selector, Class) {
  return [...root.querySelectorAll(selector)].map((node) => checked(node, selector, Class));
}

/** A data attribute that the page always writes.
 *  @param {HTMLElement} node
 *  @param {string} name
 *  @returns {string} */
export function data(node, name) {
  const value = node.dataset[name];
  if (value === undefined) throw new Error(`${node.localName} has no data attribute ${name}`);
  return value;
}

/** Whether the selector fits what an event came from; documents and windows it never fits.
 *  @param {EventTarget | null} target
 *  @param {string} selector
 *  @returns {boolean} */
export function fits(target, selector) {
  return target instanceof Element && target.matches(selector);
}

/** A new element with its class and what it holds; null is left out.
 *  @template {keyof HTMLElementTagNameMap} Name
 *  @param {Name} name
 *  @param {string} [className]
 *  @param {...(Node | string | null)} children
 *  @returns {HTMLElementTagNameMap[Name]} */
export function make(name, className = "", ...children) {
  const node = document.createElement(name);
  if (className) node.className = className;
  node.append(...children.filter((child) => child !== null));
  return node;
}

/** Give a list these items; where it has them already nothing is moved, and the focus stays.
 *  @param {Element} list
 *  @param {Element[]} items */
export function putInto(list, items) {
  const same = list.children.length === items.length
    && items.every((item, at) => list.children[at] === item);
  if (!same) list.replaceChildren(...items);
}

/** @template {Element} T
 *  @param {Element | null} node
 *  @param {string} selector
 *  @param {new () => T} Class
 *  @returns {T} */
function checked(node, selector, Class) {
  if (node instanceof Class) return node;
  throw new Error(`${selector} is ${node?.localName ?? "missing"}, needed ${Class.name}`);
}
