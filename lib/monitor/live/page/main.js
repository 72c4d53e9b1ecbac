import './theme.js';
import { connect } from './stream.js';

// Tables and lists that scroll can be reached and scrolled by keyboard in every browser.
for (const scroller of document.querySelectorAll('.scroll')) {
  scroller.tabIndex = 0;
  if (scroller.hasAttribute('role')) continue;
  scroller.setAttribute('role', 'group');
  scroller.setAttribute('aria-labelledby', scroller.closest('section').getAttribute('aria-labelledby'));
}
// Laid out as a grid on narrow screens, a table would be none to screen readers without roles.
for (const [selector, role] of Object.entries({
  table: 'table',
  'thead, tbody': 'rowgroup',
  'thead tr': 'row',
  'thead th': 'columnheader',
}))
  for (const element of document.querySelectorAll(
    `.connections:is(${selector}), .connections :is(${selector})`,
  ))
    element.setAttribute('role', role);

connect();
