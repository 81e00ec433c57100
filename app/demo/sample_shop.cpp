// The shop: stock, carts, orders, payments, products, customers.

#include <array>

#include "app/demo/sample_actors.h"

namespace app::demo {
using engine::Result;

namespace {

std::string live(const char* table) {
  return "SELECT e.id FROM elements e JOIN " + std::string(table) +
         " t ON t.id = e.id WHERE e.draftId IS NULL AND e.revisionId IS NULL AND e.archived = 0 AND e.dateDeleted IS NULL ";
}

/// Runs `statements(id)` in one transaction on one id that `query` yields.
template <class Statements>
Result<std::string> on_one(SampleSite& site, const char* what, const std::string& query, Statements statements) {
  auto id = site.pick(query);
  if (!id) return id.take_error();
  if (!*id) return std::string();
  const std::vector<std::string> list = statements(std::to_string(**id));
  if (auto done = site.transaction(list); !done) return done.take_error();
  return std::string(what) + " " + std::to_string(**id);
}

Result<std::string> move_stock(SampleSite& site, const char* reason, std::int64_t low, std::int64_t span) {
  const auto quantity = low + static_cast<std::int64_t>(site.draw(static_cast<std::uint64_t>(span)));
  const auto location = std::to_string(1 + site.draw(2));
  return on_one(site, "variant", live("commerce_variants") + "ORDER BY e.id", [&](const std::string& id) {
    return std::vector<std::string>{
        "INSERT INTO commerce_inventorytransactions (inventoryLocationId, inventoryItemId, movementHash, quantity, type, dateCreated) "
        "SELECT " +
            location + ", id, '" + reason + "', " + std::to_string(quantity) +
            ", 'available', UTC_TIMESTAMP() FROM commerce_inventoryitems WHERE purchasableId = " + id,
        "UPDATE commerce_purchasables_stores SET stock = COALESCE(stock, 0) + " + std::to_string(quantity) +
            " WHERE purchasableId = " + id};
  });
}

Result<std::string> sell(SampleSite& site) { return move_stock(site, "sale", -4, 4); }
Result<std::string> restock(SampleSite& site) { return move_stock(site, "restock", 1, 20); }

std::string save_order(const std::string& id, const std::string& assignments) {
  return "UPDATE commerce_orders SET " + assignments + ", dateUpdated = UTC_TIMESTAMP() WHERE id = " + id;
}

std::string touch_order(const std::string& id) { return "UPDATE elements SET dateUpdated = UTC_TIMESTAMP() WHERE id = " + id; }

std::string add_line(const std::string& order, const std::string& variant_offset, const std::string& quantity) {
  return "INSERT INTO commerce_lineitems (orderId, purchasableId, description, price, salePrice, sku, subtotal, total, qty, dateCreated, "
         "dateUpdated) SELECT " +
         order + ", p.id, p.sku, s.basePrice, s.basePrice, p.sku, s.basePrice * " + quantity + ", s.basePrice * " + quantity + ", " +
         quantity +
         ", UTC_TIMESTAMP(), UTC_TIMESTAMP() FROM commerce_purchasables p JOIN commerce_purchasables_stores s ON s.purchasableId = p.id "
         "AND s.storeId = 1 "
         "ORDER BY p.id LIMIT 1 OFFSET " +
         variant_offset;
}

std::string sum_lines(const std::string& order) {
  const auto sum = [&](const std::string& column) { return "(SELECT SUM(" + column + ") FROM commerce_lineitems WHERE orderId = " + order + ")"; };
  const auto total = sum("total");
  return "UPDATE commerce_orders SET itemTotal = " + total + ", itemSubtotal = " + total + ", totalShippingCost = 4.9000, totalPrice = " + total +
         " + 4.9000, total = " + total + " + 4.9000, totalQty = " + sum("qty") + ", dateUpdated = UTC_TIMESTAMP() WHERE id = " + order;
}

Result<std::string> open_cart(SampleSite& site) {
  const auto customer = site.pick("SELECT id FROM users ORDER BY id");
  if (!customer) return engine::fail(customer.error().code, customer.error().detail);
  const auto offset = std::to_string(site.draw(15));
  const auto quantity = std::to_string(1 + site.draw(3));
  const auto number = std::to_string(site.draw(1u << 30)) + " " + std::to_string(site.draw(1u << 30));
  const std::array statements{new_element(site, kOrderClass),
                              remember_element(),
                              new_site_row(site, "", "", ""),
                              "INSERT INTO commerce_orders (id, storeId, customerId, number, currency, orderSiteId, dateCreated, "
                              "dateUpdated) VALUES (@element, 1, " +
                                  (*customer ? std::to_string(**customer) : std::string("NULL")) + ", MD5('" + number +
                                  "'), 'EUR', 1, UTC_TIMESTAMP(), UTC_TIMESTAMP())",
                              add_line("@element", offset, quantity),
                              sum_lines("@element")};
  if (auto done = site.transaction(statements); !done) return done.take_error();
  return last_element(site, "order");
}

Result<std::string> fill_cart(SampleSite& site) {
  const auto offset = std::to_string(site.draw(15));
  const auto quantity = std::to_string(1 + site.draw(4));
  return on_one(site, "order", live("commerce_orders") + "AND t.isCompleted = 0 ORDER BY e.id", [&](const std::string& id) {
    return std::vector<std::string>{add_line(id, offset, quantity), sum_lines(id), touch_order(id)};
  });
}

/// One transaction over the order, its stock and thereby its variants and products.
Result<std::string> complete_order(SampleSite& site) {
  return on_one(site, "order", live("commerce_orders") + "AND t.isCompleted = 0 ORDER BY e.id", [](const std::string& id) {
    return std::vector<std::string>{
        save_order(id,
                   "isCompleted = 1, orderStatusId = (SELECT MIN(id) FROM commerce_orderstatuses), reference = LEFT(number, 7), "
                   "dateOrdered = UTC_TIMESTAMP(), paidStatus = 'unpaid'"),
        "INSERT INTO commerce_inventorytransactions (inventoryLocationId, inventoryItemId, movementHash, quantity, type, lineItemId, "
        "dateCreated) "
        "SELECT 1, i.id, 'order', -l.qty, 'available', l.id, UTC_TIMESTAMP() FROM commerce_lineitems l "
        "JOIN commerce_inventoryitems i ON i.purchasableId = l.purchasableId WHERE l.orderId = " +
            id,
        "INSERT INTO commerce_inventorytransactions (inventoryLocationId, inventoryItemId, movementHash, quantity, type, lineItemId, "
        "dateCreated) "
        "SELECT 1, i.id, 'order', l.qty, 'committed', l.id, UTC_TIMESTAMP() FROM commerce_lineitems l "
        "JOIN commerce_inventoryitems i ON i.purchasableId = l.purchasableId WHERE l.orderId = " +
            id,
        touch_order(id)};
  });
}

Result<std::string> pay_order(SampleSite& site) {
  return on_one(site, "order", live("commerce_orders") + "AND t.isCompleted = 1 AND t.totalPaid < t.totalPrice ORDER BY e.id",
                [](const std::string& id) {
                  return std::vector<std::string>{
                      "INSERT INTO commerce_transactions (orderId, type, amount, paymentAmount, currency, status, dateCreated, "
                      "dateUpdated) SELECT id, 'purchase', "
                      "totalPrice - totalPaid, totalPrice - totalPaid, 'EUR', 'success', UTC_TIMESTAMP(), UTC_TIMESTAMP() FROM "
                      "commerce_orders WHERE id = " +
                          id,
                      save_order(id, "totalPaid = totalPrice, paidStatus = 'paid', datePaid = UTC_TIMESTAMP()"), touch_order(id)};
                });
}

Result<std::string> refund(SampleSite& site) {
  return on_one(site, "order", live("commerce_orders") + "AND t.paidStatus = 'paid' ORDER BY e.id", [](const std::string& id) {
    return std::vector<std::string>{
        "INSERT INTO commerce_transactions (orderId, type, amount, paymentAmount, currency, status, dateCreated, dateUpdated) VALUES (" +
            id + ", 'refund', 1.5000, 1.5000, 'EUR', 'success', UTC_TIMESTAMP(), UTC_TIMESTAMP())",
        save_order(id, "totalPaid = totalPaid - 1.5000, paidStatus = 'partial'"), touch_order(id)};
  });
}

Result<std::string> ship_order(SampleSite& site) {
  return on_one(
      site, "order",
      live("commerce_orders") + "AND t.isCompleted = 1 AND t.orderStatusId < (SELECT MAX(id) FROM commerce_orderstatuses) ORDER BY e.id",
      [](const std::string& id) {
        return std::vector<std::string>{save_order(id, "orderStatusId = (SELECT MAX(id) FROM commerce_orderstatuses)"), touch_order(id)};
      });
}

Result<std::string> change_price(SampleSite& site) {
  const auto price = std::to_string(1 + site.draw(400)) + "." + std::to_string(10 + site.draw(90));
  return on_one(site, "variant", live("commerce_variants") + "ORDER BY e.id", [&](const std::string& id) {
    return std::vector<std::string>{
        "UPDATE commerce_purchasables_stores SET basePrice = " + price + ", dateUpdated = UTC_TIMESTAMP() WHERE purchasableId = " + id,
        "UPDATE commerce_catalogpricing SET price = " + price + " WHERE isPromotionalPrice = 0 AND purchasableId = " + id, touch_order(id)};
  });
}

Result<std::string> edit_product(SampleSite& site) {
  const auto title = site.sql().quote(site.words());
  return on_one(site, "product", live("commerce_products") + "ORDER BY e.id", [&](const std::string& id) {
    return std::vector<std::string>{"UPDATE elements_sites SET title = " + title + " WHERE siteId = 1 AND elementId = " + id,
                                    touch_order(id)};
  });
}

Result<std::string> create_product(SampleSite& site) {
  const auto title = site.words();
  const auto sku = site.sql().quote("N-" + std::to_string(site.draw(1u << 30)));
  const std::vector<std::string> statements{
      new_element(site, kProductClass),
      remember_element(),
      "SET @product = @element",
      new_site_row(site, title, slug_of(title), "shop/" + slug_of(title)),
      "INSERT INTO commerce_products (id, typeId, postDate, defaultSku, dateCreated, dateUpdated) VALUES (@product, 1, UTC_TIMESTAMP(), " +
          sku + ", UTC_TIMESTAMP(), UTC_TIMESTAMP())",
      new_element(site, kVariantClass),
      remember_element(),
      new_site_row(site, "Only size", "", ""),
      "INSERT INTO commerce_purchasables (id, sku, dateCreated, dateUpdated) VALUES (@element, " + sku +
          ", UTC_TIMESTAMP(), UTC_TIMESTAMP())",
      "INSERT INTO commerce_variants (id, primaryOwnerId, isDefault, dateCreated, dateUpdated) VALUES (@element, @product, 1, "
      "UTC_TIMESTAMP(), UTC_TIMESTAMP())",
      "INSERT INTO elements_owners VALUES (@element, @product, 1)",
      "INSERT INTO commerce_purchasables_stores (purchasableId, storeId, basePrice, dateCreated, dateUpdated) VALUES (@element, 1, "
      "12.5000, UTC_TIMESTAMP(), "
      "UTC_TIMESTAMP())",
      "INSERT INTO commerce_inventoryitems (purchasableId, dateCreated, dateUpdated) VALUES (@element, UTC_TIMESTAMP(), UTC_TIMESTAMP())"};
  if (auto done = site.transaction(statements); !done) return done.take_error();
  auto id = site.sql().number("SELECT @product");
  if (!id) return id.take_error();
  return "product " + std::to_string(*id);
}

Result<std::string> switch_variant(SampleSite& site) {
  return on_one(site, "variant", live("commerce_variants") + "ORDER BY e.id", [](const std::string& id) {
    return std::vector<std::string>{"UPDATE elements SET enabled = 1 - enabled, dateUpdated = UTC_TIMESTAMP() WHERE id = " + id};
  });
}

Result<std::string> trash_product(SampleSite& site) {
  return on_one(site, "product", live("commerce_products") + "ORDER BY e.id", [](const std::string& id) {
    return std::vector<std::string>{
        "UPDATE elements SET dateDeleted = UTC_TIMESTAMP(), dateUpdated = UTC_TIMESTAMP() WHERE dateDeleted IS NULL AND (id = " + id +
            " OR id IN (SELECT id FROM commerce_variants WHERE primaryOwnerId = " + id + "))",
        "UPDATE commerce_variants SET deletedWithProduct = 1 WHERE primaryOwnerId = " + id};
  });
}

/// The product's row first: its variants' rows go by cascade, their elements behind them by name.
Result<std::string> purge_product(SampleSite& site) {
  auto id = site.pick(live("commerce_products") + "ORDER BY e.id");
  if (!id) return id.take_error();
  if (!*id) return std::string();
  const auto product = std::to_string(**id);
  auto variants = site.sql().rows("SELECT id FROM commerce_variants WHERE primaryOwnerId = " + product);
  if (!variants) return variants.take_error();
  std::string list = "0";
  for (const auto& row : *variants) list += "," + row[0].value_or("0");
  const std::vector<std::string> statements{"DELETE FROM elements WHERE id = " + product, "DELETE FROM elements WHERE id IN (" + list + ")"};
  if (auto done = site.transaction(statements); !done) return done.take_error();
  return "product " + product;
}

Result<std::string> register_user(SampleSite& site) {
  const auto name = "guest" + std::to_string(site.draw(1u << 30));
  const std::array statements{new_element(site, kUserClass), remember_element(), new_site_row(site, "", "", ""),
                              "INSERT INTO users (id, active, username, email, dateCreated, dateUpdated) VALUES (@element, 1, '" + name +
                                  "', '" + name + "@sample.example', UTC_TIMESTAMP(), UTC_TIMESTAMP())",
                              std::string("INSERT INTO usergroups_users (groupId, userId, dateCreated, dateUpdated) VALUES (2, @element, "
                                          "UTC_TIMESTAMP(), UTC_TIMESTAMP())")};
  if (auto done = site.transaction(statements); !done) return done.take_error();
  return last_element(site, "user");
}

/// Orders keep, without their customer; entries lose their author.
Result<std::string> remove_user(SampleSite& site) {
  return on_one(site, "user", live("users") + "AND t.admin = 0 AND t.id NOT IN (SELECT userId FROM commerce_subscriptions) ORDER BY e.id",
                [](const std::string& id) { return std::vector<std::string>{"DELETE FROM elements WHERE id = " + id}; });
}

constexpr SampleSite::ActionInfo kActions[] = {
    {"sell", "shop", 8, sell},
    {"restock", "shop", 3, restock},
    {"open_cart", "shop", 5, open_cart},
    {"fill_cart", "shop", 3, fill_cart},
    {"complete_order", "shop", 5, complete_order},
    {"pay_order", "shop", 4, pay_order},
    {"refund", "shop", 1, refund},
    {"ship_order", "shop", 2, ship_order},
    {"change_price", "shop", 3, change_price},
    {"edit_product", "shop", 5, edit_product},
    {"create_product", "shop", 2, create_product},
    {"switch_variant", "shop", 2, switch_variant},
    {"trash_product", "shop", 1, trash_product},
    {"purge_product", "shop", 1, purge_product},
    {"register_user", "shop", 2, register_user},
    {"remove_user", "shop", 1, remove_user},
};

}  // namespace

std::span<const SampleSite::ActionInfo> shop_actions() { return kActions; }

}  // namespace app::demo
