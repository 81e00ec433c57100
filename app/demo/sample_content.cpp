#include "app/demo/sample_content.h"

#include <array>

#include "app/demo/sample_actors.h"

namespace app::demo {
using engine::Result;

namespace {

constexpr std::array kSections{"news", "guides", "pages"};

/// Writes rows with explicit ids, so that the same seed gives the same ids. The first failure sticks.
class ContentWriter {
 public:
  explicit ContentWriter(SampleSite& site) : site_(site) {}

  void run(const std::string& statement) {
    if (result_) result_ = site_.sql().run(statement);
  }
  Result<void> result() { return std::move(result_); }
  std::string text(std::string_view value) const { return site_.sql().quote(value); }
  std::uint64_t draw(std::uint64_t below) { return site_.draw(below); }
  std::string words() { return site_.words(); }

  /// An hour or so before the row written last: dates that differ and do not depend on today.
  std::string date() {
    date_ += std::chrono::minutes(20 + draw(50));
    return text(engine::sql_datetime(date_));
  }
  std::string dates(const std::string& date) const { return date + ", " + date; }

  std::int64_t element(const char* element_class, const std::string& title, const std::string& uri, const std::string& date) {
    const auto id = ++last_;
    const auto number = std::to_string(id);
    run("INSERT INTO elements (id, type, uid, dateCreated, dateUpdated) VALUES (" + number + ", " + text(element_class) + ", " + uid_of(number) + ", " +
        dates(date) + ")");
    const auto nullable = [&](const std::string& value) { return value.empty() ? std::string("NULL") : text(value); };
    run("INSERT INTO elements_sites (elementId, siteId, title, slug, uri, content, dateCreated, dateUpdated) VALUES (" + number + ", 1, " +
        nullable(title) + ", " + nullable(uri.empty() ? "" : slug_of(title)) + ", " + nullable(uri) + ", '{}', " + dates(date) + ")");
    return id;
  }

 private:
  SampleSite& site_;
  Result<void> result_;
  std::int64_t last_ = 0;
  engine::WallTime date_ = installed_at() - std::chrono::hours(24 * 20);
};

void fill_settings(ContentWriter& out) {
  const auto dates = out.dates(out.date());
  out.run("INSERT INTO sitegroups VALUES (1, 'Sample', " + dates + ", NULL)");
  out.run(
      "INSERT INTO sites (id, groupId, `primary`, name, handle, language, hasUrls, baseUrl, sortOrder, dateCreated, dateUpdated) VALUES "
      "(1, 1, 1, 'Sample', 'primary', 'en', 1, '$SITE_URL', 1, " +
      dates + "), (2, 1, 0, 'Sample, deutsch', 'deutsch', 'de', 1, '$SITE_URL_DE', 2, " + dates + ")");
  out.run("INSERT INTO commerce_stores VALUES (1, 'Shop', 'shop', 1, 'EUR', " + dates + ")");
  out.run("INSERT INTO commerce_site_stores VALUES (1, 1, " + dates + "), (2, 1, " + dates + ")");
  out.run("INSERT INTO projectconfig VALUES ('fs.files.hasUrls', 'true'), ('fs.files.url', '\"https://files.sample.example\"')");
  for (std::size_t i = 0; i < kSections.size(); ++i) {
    out.run("INSERT INTO sections (id, name, handle, type, dateCreated, dateUpdated) VALUES (" + std::to_string(i + 1) + ", " +
            out.text(kSections[i]) + ", " + out.text(kSections[i]) + ", " + (i == 2 ? "'structure', " : "'channel', ") + dates + ")");
  }
  out.run("INSERT INTO entrytypes (id, name, handle, dateCreated, dateUpdated) VALUES (1, 'Article', 'article', " + dates +
          "), (2, 'Block', 'block', " + dates + ")");
  out.run("INSERT INTO commerce_producttypes (id, name, handle, dateCreated, dateUpdated) VALUES (1, 'Goods', 'goods', " + dates +
          "), (2, 'Vouchers', 'vouchers', " + dates + ")");
  out.run(
      "INSERT INTO commerce_orderstatuses (id, storeId, name, handle, sortOrder, `default`, dateCreated, dateUpdated) VALUES "
      "(1, 1, 'New', 'new', 1, 1, " +
      dates + "), (2, 1, 'Größe geprüft', 'checked', 2, 0, " + dates + "), (3, 1, 'Shipped', 'shipped', 3, 0, " + dates + ")");
  out.run("INSERT INTO commerce_inventorylocations (id, handle, name, dateCreated, dateUpdated) VALUES (1, 'store', 'Store', " + dates +
          "), (2, 'yard', 'Yard', " + dates + ")");
  out.run(
      "INSERT INTO commerce_inventorylocations_stores (inventoryLocationId, storeId, sortOrder, dateCreated, dateUpdated) VALUES (1, 1, "
      "1, " +
      dates + "), (2, 1, 2, " + dates + ")");
  out.run("INSERT INTO usergroups (id, name, handle, dateCreated, dateUpdated) VALUES (1, 'Editors', 'editors', " + dates +
          "), (2, 'Customers', 'customers', " + dates + ")");
  out.run(
      "INSERT INTO commerce_plans (id, name, handle, reference, enabled, dateCreated, dateUpdated) VALUES (1, 'Monthly box', 'monthly', "
      "'monthly', 1, " +
      dates + ")");
  out.run("INSERT INTO volumes (id, name, handle, fs, dateCreated, dateUpdated) VALUES (1, 'Files', 'files', 'files', " + dates + ")");
  out.run("INSERT INTO volumefolders (id, volumeId, name, path, dateCreated, dateUpdated) VALUES (1, 1, 'Files', '', " + dates +
          "), (2, 1, 'photos', 'photos/', " + dates + ")");
  out.run("INSERT INTO categorygroups (id, name, handle, dateCreated, dateUpdated) VALUES (1, 'Topics', 'topics', " + dates + ")");
  out.run("INSERT INTO taggroups (id, name, handle, dateCreated, dateUpdated) VALUES (1, 'Words', 'words', " + dates + ")");
}

std::vector<std::int64_t> fill_users(ContentWriter& out, unsigned count) {
  std::vector<std::int64_t> users;
  for (unsigned i = 0; i < count; ++i) {
    const auto date = out.date();
    const auto id = out.element(kUserClass, "", "", date);
    const auto name = "user" + std::to_string(i + 1);
    out.run("INSERT INTO users (id, active, admin, username, firstName, lastName, email, dateCreated, dateUpdated) VALUES (" +
            std::to_string(id) + ", 1, " + (i == 0 ? "1" : "0") + ", " + out.text(name) + ", 'Person', " + out.text(std::to_string(i + 1)) +
            ", " + out.text(name + "@sample.example") + ", " + out.dates(date) + ")");
    out.run("INSERT INTO usergroups_users (groupId, userId, dateCreated, dateUpdated) VALUES (" + std::string(i < 3 ? "1" : "2") + ", " +
            std::to_string(id) + ", " + out.dates(date) + ")");
    users.push_back(id);
  }
  return users;
}

void fill_entry(ContentWriter& out, unsigned i, const std::vector<std::int64_t>& users) {
  const auto date = out.date();
  const auto title = out.words();
  const auto section = i % kSections.size();
  const auto id = std::to_string(out.element(kEntryClass, title, std::string(kSections[section]) + "/" + slug_of(title), date));
  // One in nine waits for a day far ahead, one in eleven is over.
  const std::string post = i % 9 == 8 ? "'2044-02-29 12:00:00'" : date;
  const std::string expiry = i % 11 == 10 ? "'2026-01-04 00:00:00'" : "NULL";
  out.run("INSERT INTO entries (id, sectionId, typeId, postDate, expiryDate, dateCreated, dateUpdated) VALUES (" + id + ", " +
          std::to_string(section + 1) + ", 1, " + post + ", " + expiry + ", " + out.dates(date) + ")");
  if (!users.empty()) out.run("INSERT INTO entries_authors VALUES (" + id + ", " + std::to_string(users[i % users.size()]) + ", 1)");
  out.run(
      "INSERT INTO elements_sites (elementId, siteId, title, slug, uri, dateCreated, dateUpdated) SELECT elementId, 2, CONCAT(title, ' "
      "(de)'), slug, uri, "
      "dateCreated, dateUpdated FROM elements_sites WHERE elementId = " +
      id);
  if (i % 3 != 0) return;
  const auto nested = std::to_string(out.element(kEntryClass, out.words(), "", date));
  out.run("INSERT INTO entries (id, primaryOwnerId, fieldId, typeId, postDate, dateCreated, dateUpdated) VALUES (" + nested + ", " + id +
          ", 1, 2, " + date + ", " + out.dates(date) + ")");
  out.run("INSERT INTO elements_owners VALUES (" + nested + ", " + id + ", 1)");
}

void fill_variant(ContentWriter& out, const std::string& product, unsigned number, const std::string& date) {
  const auto id = std::to_string(out.element(kVariantClass, "Size " + std::to_string(number + 1), "", date));
  const auto price = std::to_string(5 + out.draw(90)) + ".9500";
  const bool tracked = out.draw(6) != 0;
  out.run("INSERT INTO commerce_purchasables (id, sku, weight, dateCreated, dateUpdated) VALUES (" + id + ", " +
          out.text("S-" + product + "-" + std::to_string(number + 1)) + ", 0.2500, " + out.dates(date) + ")");
  out.run("INSERT INTO commerce_variants (id, primaryOwnerId, isDefault, dateCreated, dateUpdated) VALUES (" + id + ", " + product + ", " +
          (number == 0 ? "1" : "0") + ", " + out.dates(date) + ")");
  out.run("INSERT INTO elements_owners VALUES (" + id + ", " + product + ", " + std::to_string(number + 1) + ")");
  out.run(
      "INSERT INTO commerce_purchasables_stores (purchasableId, storeId, basePrice, inventoryTracked, dateCreated, dateUpdated) VALUES (" +
      id + ", 1, " + price + ", " + (tracked ? "1" : "0") + ", " + out.dates(date) + ")");
  out.run("INSERT INTO commerce_catalogpricing (price, purchasableId, storeId, dateCreated, dateUpdated) VALUES (" + price + ", " + id +
          ", 1, " + out.dates(date) + ")");
  out.run("INSERT INTO commerce_inventoryitems (id, purchasableId, dateCreated, dateUpdated) VALUES (" + id + ", " + id + ", " +
          out.dates(date) + ")");
  for (const char* location : {"1", "2"}) {
    out.run(
        "INSERT INTO commerce_inventorytransactions (inventoryLocationId, inventoryItemId, movementHash, quantity, type, dateCreated) "
        "VALUES (" +
        std::string(location) + ", " + id + ", 'first', " + std::to_string(out.draw(40)) + ", 'available', " + date + ")");
  }
}

void fill_product(ContentWriter& out, unsigned i) {
  const auto date = out.date();
  const auto title = out.words();
  const auto id = std::to_string(out.element(kProductClass, title, i % 5 == 4 ? "" : "shop/" + slug_of(title), date));
  const std::string expiry = i % 10 == 9 ? "'2026-01-04 00:00:00'" : "NULL";
  out.run("INSERT INTO commerce_products (id, typeId, postDate, expiryDate, defaultSku, dateCreated, dateUpdated) VALUES (" + id + ", " +
          (i % 5 == 4 ? "2" : "1") + ", " + date + ", " + expiry + ", " + out.text("S-" + id + "-1") + ", " + out.dates(date) + ")");
  const auto variants = 1 + out.draw(3);
  for (unsigned v = 0; v < variants; ++v) fill_variant(out, id, v, date);
}

void fill_order(ContentWriter& out, unsigned i, const std::vector<std::int64_t>& users) {
  const auto date = out.date();
  const auto id = std::to_string(out.element(kOrderClass, "", "", date));
  const bool cart = i % 5 == 4;
  const auto total = std::to_string(10 + out.draw(300)) + ".5000";
  const auto customer = users.empty() ? std::string("NULL") : std::to_string(users[i % users.size()]);
  out.run(
      "INSERT INTO commerce_orders (id, storeId, customerId, orderStatusId, number, reference, itemTotal, itemSubtotal, totalPrice, total, "
      "totalQty, "
      "isCompleted, dateOrdered, currency, orderSiteId, dateCreated, dateUpdated) VALUES (" +
      id + ", 1, " + customer + ", " + (cart ? "NULL" : std::to_string(1 + i % 3)) + ", MD5('order " + id + "'), " +
      (cart ? "NULL" : "LEFT(MD5('order " + id + "'), 7)") + ", " + total + ", " + total + ", " + total + ", " + total + ", 1, " +
      (cart ? "0, NULL" : "1, " + date) + ", 'EUR', 1, " + out.dates(date) + ")");
  out.run(
      "INSERT INTO commerce_lineitems (orderId, purchasableId, description, price, salePrice, sku, subtotal, total, qty, dateCreated, "
      "dateUpdated) "
      "SELECT " +
      id + ", id, 'A thing', " + total + ", " + total + ", sku, " + total + ", " + total + ", 1, " + out.dates(date) +
      " FROM commerce_purchasables ORDER BY id LIMIT 1 OFFSET " + std::to_string(i % 10));
  if (cart || i % 2 == 0) return;
  out.run("INSERT INTO commerce_transactions (orderId, type, amount, paymentAmount, currency, status, dateCreated, dateUpdated) VALUES (" +
          id + ", 'purchase', " + total + ", " + total + ", 'EUR', 'success', " + out.dates(date) + ")");
  out.run("UPDATE commerce_orders SET totalPaid = totalPrice, paidStatus = 'paid', datePaid = " + date + " WHERE id = " + id);
}

/// A few of each kind that the everyday steps leave alone.
void fill_the_rest(ContentWriter& out, const std::vector<std::int64_t>& users) {
  for (const char* file : {"cover.png", "menu größer.txt", "logo.svg"}) {
    const auto date = out.date();
    const auto id = std::to_string(out.element("craft\\elements\\Asset", file, "", date));
    out.run(
        "INSERT INTO assets (id, volumeId, folderId, uploaderId, filename, kind, size, dateModified, dateCreated, dateUpdated) VALUES (" +
        id + ", 1, 2, " + (users.empty() ? "NULL" : std::to_string(users.front())) + ", " + out.text(file) + ", 'image', 2048, " + date +
        ", " + out.dates(date) + ")");
    out.run("INSERT INTO assets_sites VALUES (" + id + ", 1, 'A picture')");
  }
  for (int i = 0; i < 3; ++i) {
    const auto date = out.date();
    const auto title = out.words();
    const auto category = std::to_string(out.element("craft\\elements\\Category", title, "topics/" + slug_of(title), date));
    out.run("INSERT INTO categories (id, groupId, dateCreated, dateUpdated) VALUES (" + category + ", 1, " + out.dates(date) + ")");
    const auto tag = std::to_string(out.element("craft\\elements\\Tag", out.words(), "", date));
    out.run("INSERT INTO tags (id, groupId, dateCreated, dateUpdated) VALUES (" + tag + ", 1, " + out.dates(date) + ")");
  }
  const auto date = out.date();
  const auto set = std::to_string(out.element("craft\\elements\\GlobalSet", "", "", date));
  out.run("INSERT INTO globalsets VALUES (" + set + ", 'Footer', 'footer', 1, " + out.dates(date) + ")");
  const auto donation = std::to_string(out.element("craft\\commerce\\elements\\Donation", "", "", date));
  out.run("INSERT INTO commerce_purchasables (id, sku, dateCreated, dateUpdated) VALUES (" + donation + ", 'DONATION', " + out.dates(date) +
          ")");
  out.run("INSERT INTO commerce_donations VALUES (" + donation + ", 'DONATION', " + out.dates(date) + ")");
  const auto transfer = std::to_string(out.element("craft\\commerce\\elements\\Transfer", "", "", date));
  out.run("INSERT INTO commerce_transfers VALUES (" + transfer + ", 'pending', 1, 2)");
  if (users.empty()) return;
  const auto user = std::to_string(users.back());
  const auto address = std::to_string(out.element("craft\\elements\\Address", "Home", "", date));
  out.run(
      "INSERT INTO addresses (id, primaryOwnerId, countryCode, locality, postalCode, addressLine1, fullName, dateCreated, dateUpdated) "
      "VALUES (" +
      address + ", " + user + ", 'DE', 'Husum', '25813', 'Am Markt 1', 'Person', " + out.dates(date) + ")");
  const auto subscription = std::to_string(out.element("craft\\commerce\\elements\\Subscription", "", "", date));
  out.run("INSERT INTO commerce_subscriptions (id, userId, planId, reference, trialDays, dateCreated, dateUpdated) VALUES (" +
          subscription + ", " + user + ", 1, 'sub-1', 0, " + out.dates(date) + ")");
}

void fill_redirects(ContentWriter& out) {
  constexpr std::array kRedirects{std::array{"/old-news", "/news", "301"}, std::array{"/shop/retired", "/shop", "302"}, std::array{"/contact.html", "/contact", "301"}};
  for (std::size_t i = 0; i < kRedirects.size(); ++i) {
    const auto& [source, destination, code] = kRedirects[i];
    out.run("INSERT INTO retour_redirects (id, siteId, enabled, redirectSrcUrl, redirectSrcUrlParsed, redirectDestUrl, redirectHttpCode, dateCreated, dateUpdated, uid) VALUES (" +
            std::to_string(i + 1) + ", 1, " + (i == 1 ? "0" : "1") + ", " + out.text(source) + ", " + out.text(source) + ", " + out.text(destination) + ", " + code + ", " +
            out.dates(out.date()) + ", " + uid_of("'redirect " + std::to_string(i + 1) + "'") + ")");
  }
}

}  // namespace

Result<void> fill_sample_content(SampleSite& site) {
  ContentWriter out(site);
  const auto& options = site.options();
  fill_settings(out);
  const auto users = fill_users(out, options.users);
  for (unsigned i = 0; i < options.entries; ++i) fill_entry(out, i, users);
  for (unsigned i = 0; i < options.products; ++i) fill_product(out, i);
  for (unsigned i = 0; i < options.orders; ++i) fill_order(out, i, users);
  fill_the_rest(out, users);
  fill_redirects(out);
  return out.result();
}

}  // namespace app::demo
