// The few lines of script Espalier's site needs: where one is, the header's
// edge, and the buttons that open the chat.
for (const link of document.querySelectorAll(".links a")) {
  if (location.pathname.startsWith(link.getAttribute("href"))) link.setAttribute("aria-current", "page");
}

const header = document.querySelector(".top");
const lift = () => header?.classList.toggle("lifted", scrollY > 4);
addEventListener("scroll", lift, { passive: true });
lift();

document.addEventListener("click", async (event) => {
  const link = event.target.closest("[data-chat]");
  if (!link || typeof window.usher !== "function" || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  let opened;
  try {
    opened = await window.usher("open");
  } catch {
    opened = null;
  }
  if (!opened || opened.shown === false) location.assign(link.href);
});
