// A C++ file that keeps a compiler busy for a minute and more than its memory needs: the standard
// library's headers and many instances of its templates.

const INSTANCES = 400;

/** The text of the file. */
export function templatesText() {
  const head =
    '#include <algorithm>\n#include <functional>\n#include <map>\n#include <regex>\n' +
    '#include <sstream>\n#include <string>\n#include <unordered_map>\n#include <variant>\n#include <vector>\n';
  const bodies = Array.from({ length: INSTANCES }, (_, i) => instance(i));
  return head + bodies.join('');
}

function instance(i) {
  return `
struct Item${i} { int key${i}; std::string name; std::vector<double> values; };
std::string work${i}(std::vector<Item${i}> items, int limit) {
  std::map<std::string, Item${i}> byName;
  std::unordered_map<int, std::vector<Item${i}>> byKey;
  for (auto &item : items) { byName[item.name] = item; byKey[item.key${i} % ${i + 3}].push_back(item); }
  std::sort(items.begin(), items.end(), [](const Item${i} &a, const Item${i} &b) { return a.name < b.name; });
  std::variant<int, std::string, Item${i}> any = items.front();
  std::ostringstream out;
  for (auto &[key, list] : byKey) if (key < limit) out << key << list.size() << any.index();
  std::regex pattern("item${i}-([a-z]+)");
  return std::regex_replace(out.str(), pattern, "$1${i}");
}
`;
}
