/// A page that opens from disk and asks the network for nothing: markup, style, script and charts
/// in one text.
struct Page {
  var title: String
  var opening: [HTML]
  var sections: [PageSection]
  var closing: [HTML]

  /// - Parameter library: Chart.js; without it the page has its tables alone, and says so.
  func text(charts library: String?) -> String {
    let body =
      opening + (library == nil ? [Self.withoutCharts] : [])
      + sections.map { $0.markup(hasCharts: library != nil) } + closing
    let page: HTML = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta http-equiv="Content-Security-Policy" content="\(Self.policy)">
      <link rel="icon" href="data:,">
      <title>\(title): feedsim</title>
      <style>
      \(HTML(trusted: Page.style))</style>
      </head>
      <body>
      <main>
      \(body.filter { !$0.text.isEmpty })
      </main>
      \(scripts(library))</body>
      </html>

      """
    return page.text
  }

  /// The browser itself refuses whatever would ask the network.
  private static let policy =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"

  private func scripts(_ library: String?) -> HTML {
    let charts = sections.flatMap(\.charts)
    guard let library, !charts.isEmpty else { return "" }
    return """
      <script type="application/json" id="charts">
      \(HTML(data: .list(charts.map(\.data))))</script>
      <script>
      \(ChartLibrary.element(library))
      </script>
      <script>
      \(HTML(trusted: Page.script))</script>

      """
  }

  private static let withoutCharts: HTML = """
    <p>No charts: they need Chart.js (apt-get install \(ChartLibrary.package)), which was not \
    found; the tables have every figure.</p>
    """
}
