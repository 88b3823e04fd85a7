/// <reference lib="dom" />

/** The page's button to print works with this script, and is shown only with it. */
document.documentElement.classList.add("scripted");
document.addEventListener("click", ({ target }) => {
  if (target instanceof HTMLButtonElement && target.id === "print") window.print();
});
