import { byId, setText } from './dom.js';

const THEMES = ['system', 'light', 'dark'];
const themeButton = byId('theme');

function stored() {
  try {
    return localStorage.getItem('sluice-theme') ?? 'system';
  } catch {
    return 'system';
  }
}

function showTheme(theme) {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  setText(themeButton, `Theme: ${theme}`);
}

themeButton.addEventListener('click', () => {
  const theme = THEMES[(THEMES.indexOf(stored()) + 1) % THEMES.length];
  try {
    localStorage.setItem('sluice-theme', theme);
  } catch {
    // A browser that stores nothing shows it until the page is left.
  }
  showTheme(theme);
});
showTheme(stored());
