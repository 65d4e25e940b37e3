'use strict';
const root = document.documentElement;
document.getElementById('theme').onclick = () => {
  const dark = root.dataset.theme
    ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'light' : 'dark';
};

const valueOf = (row, column) => {
  const cell = row.cells[column], text = cell.textContent.trim();
  return 'value' in cell.dataset ? Number(cell.dataset.value) : text === '–' ? null : text;
};
const compare = (a, b) => typeof a === 'number' && typeof b === 'number'
  ? a - b : String(a).localeCompare(String(b), 'en', {numeric: true});
document.querySelectorAll('table.sorts th').forEach(heading => {
  heading.firstElementChild.onclick = () => {
    const body = heading.closest('table').tBodies[0], column = heading.cellIndex;
    const up = heading.getAttribute('aria-sort') !== 'ascending';
    heading.parentNode.querySelectorAll('th').forEach(th => th.removeAttribute('aria-sort'));
    heading.setAttribute('aria-sort', up ? 'ascending' : 'descending');
    const rows = [...body.rows].map(row => [valueOf(row, column), row]);
    rows.sort(([a], [b]) => a === null || b === null
      ? (a === null) - (b === null) : up ? compare(a, b) : compare(b, a));
    body.append(...rows.map(([, row]) => row));
  };
});

document.querySelectorAll('.confusion').forEach(table => {
  const told = table.closest('section').querySelector('.told');
  const tell = event => { if (event.target.dataset.told) told.textContent = event.target.dataset.told; };
  table.onclick = tell;
  table.onmouseover = tell;
});

const dialog = document.querySelector('dialog');
document.querySelectorAll('figure img').forEach(picture => {
  picture.onclick = () => {
    dialog.firstElementChild.src = picture.src;
    dialog.lastElementChild.textContent = picture.alt;
    dialog.showModal();
  };
});
dialog.onclick = () => dialog.close();
