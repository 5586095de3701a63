extension Page {
  /// Light and dark as the reader's system asks; paper is always light.
  static let style = """
    :root {
      --ground: #ffffff; --text: #1c1c1f; --quiet: #55555c; --line: #d6d6dc; --band: #f4f4f7;
      --good: #0a6b33; --bad: #b3141f; --shade: #0060a826;
      --s0: #0060a8; --s1: #c05a00; --s2: #00795a; --s3: #a83a80;
      --s4: #6250b0; --s5: #7d6400; --s6: #3f6f8f; --s7: #66666c;
    }
    @media screen and (prefers-color-scheme: dark) {
      :root:not(.paper) {
        --ground: #16171a; --text: #ececef; --quiet: #a9a9b2; --line: #3a3b42; --band: #202127;
        --good: #63d68f; --bad: #ff8a8f; --shade: #5cb3ec38;
        --s0: #5cb3ec; --s1: #f2a24a; --s2: #42c9a0; --s3: #e695c5;
        --s4: #ab9ef2; --s5: #d8c352; --s6: #93bdd6; --s7: #b0b0b8;
      }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0; background: var(--ground); color: var(--text);
      font: 16px/1.5 system-ui, "Liberation Sans", Arial, sans-serif;
    }
    main { max-width: 64rem; margin: 0 auto; padding: 1rem; overflow-wrap: break-word; }
    h1 { margin: 0.5rem 0 0; font-size: 1.7rem; line-height: 1.2; }
    h2 { margin: 2.5rem 0 0.75rem; font-size: 1.3rem; line-height: 1.25; }
    .question { margin: 0.5rem 0; font-size: 1.1rem; white-space: pre-line; }
    .facts, .legend, figcaption, .unit { color: var(--quiet); }
    .facts, .legend, figcaption { font-size: 0.9rem; }
    .facts { margin: 0; }
    figcaption.heading { color: inherit; font-weight: 600; font-size: 0.95rem; }
    .verdict { font-size: 1.15rem; margin: 0 0 1rem; padding: 0.6rem 0.9rem;
      background: var(--band); border-left: 0.35rem solid currentColor; }
    .good { color: var(--good); }
    .bad { color: var(--bad); }
    td.good.words { color: inherit; }
    section:nth-of-type(1) h2 { margin-top: 1.5rem; }
    figure { margin: 0 0 1.25rem; }
    .plot { position: relative; width: 100%; }
    .box { overflow-x: auto; margin: 0 0 1.25rem; }
    table { min-width: min(100%, 30rem); border-collapse: collapse; font-size: 0.92rem;
      font-variant-numeric: tabular-nums; }
    caption { text-align: left; font-weight: 600; padding: 0 0 0.3rem; }
    th, td { padding: 0.25rem 0.9rem 0.25rem 0; text-align: right; vertical-align: top;
      white-space: nowrap; border-bottom: 1px solid var(--line); }
    th { font-weight: 600; }
    tbody th { font-weight: 400; }
    /* What a row is stays in sight while its figures scroll. */
    th:first-child { position: sticky; left: 0; background: var(--ground); }
    tr > :first-child { text-align: left; }
    tr > :last-child { padding-right: 0.25rem; }
    .words { text-align: left; white-space: normal; min-width: 14rem; }
    code, pre { font-family: ui-monospace, "Liberation Mono", monospace; font-size: 0.92em; }
    p code { overflow-wrap: anywhere; }
    pre { overflow-x: auto; padding: 0.6rem 0.9rem; background: var(--band); }
    ul { padding-left: 1.2rem; }
    details { margin: 0 0 1.25rem; }
    summary { cursor: pointer; color: var(--quiet); font-size: 0.9rem; padding: 0.2rem 0; }
    /* The more of the colour, the higher the figure; the text stays readable on all of it. */
    td.heat { padding: 0.35rem 0.6rem; border: 2px solid var(--ground);
      background: var(--band);
      background: color-mix(in srgb, var(--s0) var(--heat), var(--ground));
      print-color-adjust: exact; -webkit-print-color-adjust: exact; }
    td.heat .bad { color: inherit; }
    thead th:first-child { white-space: normal; }
    td.best { outline: 2px solid currentColor; outline-offset: -3px; font-weight: 700; }
    .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden;
      clip-path: inset(50%); white-space: nowrap; }
    :focus-visible { outline: 2px solid var(--s0); outline-offset: 2px; }
    @media print {
      body { font-size: 10pt; }
      main { max-width: none; padding: 0; }
      .box, pre { overflow: visible; }
      th, td { white-space: normal; padding-right: 0.5rem; }
      .words { min-width: 0; }
      pre { white-space: pre-wrap; }
      h2, caption { break-after: avoid; }
      details:not([open]) { display: none; }
      figure, tr { break-inside: avoid; }
    }

    """
}
