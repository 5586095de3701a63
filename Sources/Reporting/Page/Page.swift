/// The page's own style sheet and script, put into it as they are.
enum Page {
  /// Light and dark as the reader's system asks; paper is always light.
  static let style = """
    :root {
      --ground: #ffffff; --text: #1c1c1f; --quiet: #55555c; --line: #d6d6dc; --band: #f4f4f7;
      --good: #0a6b33; --bad: #b3141f;
      --s0: #0060a8; --s1: #c05a00; --s2: #00795a; --s3: #a83a80;
      --s4: #6250b0; --s5: #7d6400; --s6: #3f6f8f; --s7: #66666c;
    }
    @media screen and (prefers-color-scheme: dark) {
      :root:not(.paper) {
        --ground: #16171a; --text: #ececef; --quiet: #a9a9b2; --line: #3a3b42; --band: #202127;
        --good: #63d68f; --bad: #ff8a8f;
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
      figure, tr { break-inside: avoid; }
    }

    """

  /// Draws the charts from the data beside it, in the page's own colours.
  static let script = #"""
    (function () {
      "use strict";
      const charts = JSON.parse(document.getElementById("charts").textContent);
      const root = document.documentElement;
      const marks = ["circle", "rect", "triangle", "rectRot", "star"];
      const dashes = [[], [8, 4], [2, 3], [10, 3, 2, 3]];
      let drawn = [];

      function colour(name) {
        return getComputedStyle(root).getPropertyValue("--" + name).trim();
      }

      function amount(value, unit) {
        const text = value.toLocaleString("en", {maximumSignificantDigits: 4});
        return unit === "$" ? "$" + text : unit ? text + " " + unit : text;
      }

      // A logarithmic axis names 1, 2 and 5 of each power of ten and no more.
      function tick(chart, value) {
        const first = value / Math.pow(10, Math.floor(Math.log10(value) + 1e-9));
        const isShown = !chart.logarithmic || [1, 2, 5].includes(Math.round(first * 1e6) / 1e6);
        return isShown ? amount(value, chart.unit) : null;
      }

      function series(chart, one, index) {
        const paint = colour("s" + index % 8);
        const set = {label: one.name, data: one.values, borderColor: paint, backgroundColor: paint};
        if (chart.kind !== "lines") return Object.assign(set, {maxBarThickness: 28});
        return Object.assign(set, {
          borderWidth: 2, borderDash: dashes[index % 4], spanGaps: true,
          pointStyle: marks[index % 5], pointRadius: 5, pointHoverRadius: 6, pointBorderWidth: 2,
          pointBackgroundColor: one.unresolved.map(function (hollow) {
            return hollow ? colour("ground") : paint;
          }),
        });
      }

      function axes(chart) {
        const values = {
          type: chart.logarithmic ? "logarithmic" : "linear", beginAtZero: true,
          stacked: chart.kind === "stack", grid: {color: colour("line")},
          ticks: {callback: function (value) { return tick(chart, value); }, maxRotation: 0},
        };
        if (chart.maximum !== null) values.max = chart.maximum;
        const names = {
          stacked: chart.kind === "stack", grid: {display: false}, ticks: {autoSkip: false},
        };
        return chart.kind === "lines" ? {x: names, y: values} : {x: values, y: names};
      }

      function draw() {
        drawn.forEach(function (chart) { chart.destroy(); });
        Chart.defaults.color = colour("text");
        Chart.defaults.borderColor = colour("line");
        Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
        Chart.defaults.font.size = 13;
        drawn = charts.map(function (chart) {
          const canvas = document.getElementById(chart.id);
          canvas.closest("figure").hidden = false;
          const lines = chart.kind === "lines";
          return new Chart(canvas, {
            type: lines ? "line" : "bar",
            data: {
              labels: chart.categories,
              datasets: chart.series.map(function (one, index) {
                return series(chart, one, index);
              }),
            },
            options: {
              animation: false, responsive: true, maintainAspectRatio: false,
              indexAxis: lines ? "x" : "y", scales: axes(chart),
              interaction: {mode: "index", axis: lines ? "x" : "y", intersect: false},
              plugins: {
                legend: {display: chart.series.length > 1, align: "start",
                  labels: {usePointStyle: lines, boxWidth: lines ? 7 : 14, boxHeight: 8}},
                tooltip: {callbacks: {label: function (point) {
                  const value = lines ? point.parsed.y : point.parsed.x;
                  const name = point.dataset.label ? point.dataset.label + ": " : "";
                  return name + amount(value, chart.unit);
                }}},
              },
            },
          });
        });
      }

      draw();
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
      // Paper is light, and its width another.
      addEventListener("beforeprint", function () {
        root.classList.add("paper");
        draw();
      });
      addEventListener("afterprint", function () {
        root.classList.remove("paper");
        draw();
      });
    })();

    """#
}
