extension Page {
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
      function tick(axis, value) {
        const first = value / Math.pow(10, Math.floor(Math.log10(value) + 1e-9));
        const isShown = !axis.logarithmic || [1, 2, 5].includes(Math.round(first * 1e6) / 1e6);
        // A long unit stands in the heading.
        return isShown ? amount(value, axis.unit.length > 3 ? "" : axis.unit) : null;
      }

      function isBars(chart) { return chart.kind === "bars" || chart.kind === "stack"; }

      function data(one) {
        if (!one.positions.length) return one.values;
        return one.positions.map(function (x, index) { return {x: x, y: one.values[index]}; });
      }

      function series(chart, one) {
        const paint = colour("s" + one.colour % 8);
        const set = {label: one.name, data: data(one), borderColor: paint, backgroundColor: paint};
        if (isBars(chart)) return Object.assign(set, {maxBarThickness: 28});
        const line = {borderWidth: 2, borderDash: dashes[one.dash % 4]};
        if (chart.kind === "course") {
          return Object.assign(set, line, {pointRadius: 1.5, pointHoverRadius: 5});
        }
        return Object.assign(set, line, {
          spanGaps: true, showLine: chart.kind === "lines" || one.joined,
          pointStyle: marks[one.dash % 5], pointRadius: 5, pointHoverRadius: 6,
          pointBorderWidth: 2,
          pointBackgroundColor: one.unresolved.map(function (hollow) {
            return hollow ? colour("ground") : paint;
          }),
        });
      }

      function numbers(axis) {
        const scale = {
          type: axis.logarithmic ? "logarithmic" : "linear", grid: {color: colour("line")},
          ticks: {callback: function (value) { return tick(axis, value); }, maxRotation: 0},
          title: {display: Boolean(axis.title), text: axis.title},
        };
        if (axis.from !== null) scale.min = axis.from;
        if (axis.to !== null) scale.max = axis.to;
        if (axis.step !== null) scale.ticks.stepSize = axis.step;
        if (!axis.logarithmic && axis.step === null) scale.ticks.maxTicksLimit = 7;
        return scale;
      }

      function axes(chart) {
        const values = Object.assign(numbers({
          title: chart.title, unit: chart.unit, logarithmic: chart.logarithmic,
          from: null, to: chart.maximum, step: null,
        }), {beginAtZero: true, stacked: chart.kind === "stack"});
        if (chart.axis && !chart.categories.length) return {x: numbers(chart.axis), y: values};
        const names = {
          stacked: chart.kind === "stack", grid: {display: false}, ticks: {autoSkip: false},
          title: {display: Boolean(chart.axis), text: chart.axis ? chart.axis.title : ""},
        };
        return isBars(chart) ? {x: values, y: names} : {x: names, y: values};
      }

      // What the scenario does meanwhile: shaded, and named above the lines.
      function bands(chart) {
        return {
          id: "bands",
          beforeDatasetsDraw: function (canvas) {
            const area = canvas.chartArea;
            const pen = canvas.ctx;
            pen.save();
            pen.font = "12px " + Chart.defaults.font.family;
            pen.textBaseline = "bottom";
            chart.bands.forEach(function (band, index) {
              const from = Math.max(canvas.scales.x.getPixelForValue(band.from), area.left);
              const to = Math.min(canvas.scales.x.getPixelForValue(band.to), area.right);
              pen.fillStyle = colour("shade");
              pen.fillRect(from, area.top, Math.max(to - from, 2), area.bottom - area.top);
              if (index >= named(chart)) return;
              const left = Math.min(from, area.right - pen.measureText(band.label).width);
              const top = area.top - 15 * (named(chart) - 1 - index) - 3;
              pen.fillRect(from, top - 12, 2, area.top - top + 12);
              pen.fillStyle = colour("text");
              pen.fillText(band.label, Math.max(left, area.left) + 5, top);
            });
            pen.restore();
          },
        };
      }

      // The library would show the style of a line's points.
      function dashed(canvas) {
        const labels = Chart.defaults.plugins.legend.labels.generateLabels(canvas);
        return labels.map(function (label) {
          const line = canvas.data.datasets[label.datasetIndex];
          return Object.assign(label, {lineDash: line.borderDash, lineWidth: line.borderWidth});
        });
      }

      function named(chart) { return Math.min(chart.bands.length, 4); }

      function place(chart, point) {
        const one = chart.series[point.datasetIndex];
        if (one.labels.length) return one.labels[point.dataIndex];
        const half = chart.axis && chart.axis.interval / 2;
        if (!half || !one.positions.length) return point.label;
        const x = one.positions[point.dataIndex];
        return amount(x - half) + "–" + amount(x + half, chart.axis.unit || chart.axis.title);
      }

      function words(chart, point) {
        const name = point.dataset.label ? point.dataset.label + ": " : "";
        const value = amount(isBars(chart) ? point.parsed.x : point.parsed.y, chart.unit);
        if (chart.kind !== "scatter") return name + value;
        return name + amount(point.parsed.x, chart.axis.unit) + ", " + value;
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
          const bars = isBars(chart);
          const course = chart.kind === "course";
          return new Chart(canvas, {
            type: bars ? "bar" : chart.kind === "scatter" ? "scatter" : "line",
            data: {
              labels: chart.categories,
              datasets: chart.series.map(function (one) { return series(chart, one); }),
            },
            options: {
              animation: false, responsive: true, maintainAspectRatio: false,
              indexAxis: bars ? "y" : "x", scales: axes(chart),
              layout: {padding: {top: named(chart) * 15, right: course ? 8 : 0}},
              interaction: chart.kind === "scatter" ? {mode: "nearest", intersect: true} :
                {mode: "index", axis: bars ? "y" : "x", intersect: false},
              plugins: {
                legend: {display: chart.series.length > 1, align: "start",
                  position: course ? "bottom" : "top",
                  labels: course ? {
                    usePointStyle: true, pointStyle: "line", pointStyleWidth: 34,
                    generateLabels: dashed,
                  } : {usePointStyle: !bars, boxWidth: bars ? 14 : 7, boxHeight: 8}},
                tooltip: {callbacks: {
                  title: function (points) {
                    return points.length ? place(chart, points[0]) : "";
                  },
                  label: function (point) { return words(chart, point); },
                }},
              },
            },
            plugins: chart.bands.length ? [bands(chart)] : [],
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
