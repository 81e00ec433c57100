// What the sample's documents are, asked of the database itself: the expectation that Millrace's answers are held against.

#include "app/demo/sample_site.h"

namespace app::demo {
using engine::Result;

namespace {

// type, id, body, title, status, in feed, told as
constexpr const char* kEntries = R"(
SELECT 'entry', e.id,
       CONCAT_WS('|', COALESCE(es.title, ''), COALESCE(es.slug, ''), COALESCE(es.uri, ''), e.enabled, es.enabled, COALESCE(s.handle, '-'), COALESCE(t.handle, '-'),
                 COALESCE(CONCAT(n.postDate), '-'), COALESCE(CONCAT(n.expiryDate), '-'),
                 COALESCE((SELECT CONCAT(a.authorId) FROM entries_authors a WHERE a.entryId = e.id ORDER BY a.sortOrder LIMIT 1), '-')),
       COALESCE(es.title, ''),
       CASE WHEN e.enabled = 0 OR es.enabled = 0 THEN 'disabled' WHEN n.postDate IS NULL THEN 'enabled' WHEN n.postDate > UTC_TIMESTAMP() THEN 'pending'
            WHEN n.expiryDate IS NOT NULL AND n.expiryDate <= UTC_TIMESTAMP() THEN 'expired' ELSE 'live' END, 1, 0
  FROM elements e JOIN elements_sites es ON es.elementId = e.id AND es.siteId = 1 JOIN entries n ON n.id = e.id
  LEFT JOIN sections s ON s.id = n.sectionId LEFT JOIN entrytypes t ON t.id = n.typeId
 WHERE e.draftId IS NULL AND e.revisionId IS NULL AND e.archived = 0 AND e.dateDeleted IS NULL ORDER BY e.id)";

constexpr const char* kStock = R"(
(SELECT x.purchasableId, SUM(GREATEST(x.available, 0)) AS stock
   FROM (SELECT i.purchasableId, tr.inventoryLocationId, SUM(tr.quantity) AS available FROM commerce_inventoryitems i
           JOIN commerce_inventorytransactions tr ON tr.inventoryItemId = i.id AND tr.type = 'available'
           JOIN commerce_inventorylocations_stores ls ON ls.inventoryLocationId = tr.inventoryLocationId AND ls.storeId = 1
           JOIN commerce_inventorylocations il ON il.id = tr.inventoryLocationId AND il.dateDeleted IS NULL
          GROUP BY i.purchasableId, tr.inventoryLocationId) x GROUP BY x.purchasableId))";

constexpr const char* kVariants = R"(
SELECT 'variant', e.id,
       CONCAT_WS('|', COALESCE(CONCAT(o.ownerId), '-'), pu.sku, COALESCE(es.title, ''), e.enabled, v.isDefault, COALESCE(k.stock, 0), ps.inventoryTracked,
                 ps.basePrice, COALESCE(CONCAT(ps.minQty), '-'), COALESCE(CONCAT(ps.maxQty), '-'), ps.promotable, COALESCE(CONCAT(pu.weight), '-'),
                 COALESCE(pes.title, ''), COALESCE(pes.slug, ''), COALESCE(pes.uri, '-'), COALESCE(pt.handle, '-'),
                 CASE WHEN ps.availableForPurchase = 1 AND e.enabled = 1 AND es.enabled = 1 AND (ps.inventoryTracked = 0 OR COALESCE(k.stock, 0) >= 1)
                 AND pe.enabled = 1 AND pes.enabled = 1 AND p.postDate <= UTC_TIMESTAMP() AND (p.expiryDate IS NULL OR p.expiryDate > UTC_TIMESTAMP()) THEN 1 ELSE 0 END),
       pu.sku, CASE WHEN e.enabled = 1 AND es.enabled = 1 THEN 'enabled' ELSE 'disabled' END, 1, COALESCE(o.ownerId, 0)
  FROM elements e JOIN elements_sites es ON es.elementId = e.id AND es.siteId = 1 JOIN commerce_variants v ON v.id = e.id
  JOIN commerce_purchasables pu ON pu.id = e.id JOIN commerce_purchasables_stores ps ON ps.purchasableId = e.id AND ps.storeId = 1
  LEFT JOIN elements_owners o ON o.elementId = e.id AND o.ownerId = v.primaryOwnerId
  LEFT JOIN elements pe ON pe.id = o.ownerId LEFT JOIN elements_sites pes ON pes.elementId = pe.id AND pes.siteId = 1
  LEFT JOIN commerce_products p ON p.id = pe.id LEFT JOIN commerce_producttypes pt ON pt.id = p.typeId
  LEFT JOIN %STOCK% k ON k.purchasableId = e.id
 WHERE e.draftId IS NULL AND e.revisionId IS NULL AND e.archived = 0 AND e.dateDeleted IS NULL ORDER BY e.id)";

constexpr const char* kProducts = R"(
SELECT 'product', e.id,
       CONCAT_WS('|', COALESCE(es.title, ''), COALESCE(es.slug, ''), COALESCE(es.uri, ''), e.enabled, es.enabled, COALESCE(pt.handle, '-'), COALESCE(k.unlimited, 0),
                 CASE WHEN COALESCE(k.unlimited, 0) = 1 THEN '-' ELSE CONCAT(COALESCE(k.total, 0)) END),
       COALESCE(es.title, ''),
       CASE WHEN e.enabled = 0 OR es.enabled = 0 THEN 'disabled' WHEN p.postDate IS NULL THEN 'enabled' WHEN p.postDate > UTC_TIMESTAMP() THEN 'pending'
            WHEN p.expiryDate IS NOT NULL AND p.expiryDate <= UTC_TIMESTAMP() THEN 'expired' ELSE 'live' END, 1, 0
  FROM elements e JOIN elements_sites es ON es.elementId = e.id AND es.siteId = 1 JOIN commerce_products p ON p.id = e.id
  LEFT JOIN commerce_producttypes pt ON pt.id = p.typeId
  LEFT JOIN (SELECT v.primaryOwnerId, MAX(1 - ps.inventoryTracked) AS unlimited, SUM(CASE WHEN ps.inventoryTracked = 1 THEN COALESCE(st.stock, 0) ELSE 0 END) AS total
               FROM commerce_variants v JOIN elements ve ON ve.id = v.id JOIN elements_sites ves ON ves.elementId = v.id AND ves.siteId = 1 AND ves.enabled = 1
               JOIN commerce_purchasables_stores ps ON ps.purchasableId = v.id AND ps.storeId = 1
               LEFT JOIN %STOCK% st ON st.purchasableId = v.id
              WHERE ve.enabled = 1 AND ve.draftId IS NULL AND ve.revisionId IS NULL AND ve.archived = 0 AND ve.dateDeleted IS NULL
              GROUP BY v.primaryOwnerId) k ON k.primaryOwnerId = e.id
 WHERE e.draftId IS NULL AND e.revisionId IS NULL AND e.archived = 0 AND e.dateDeleted IS NULL ORDER BY e.id)";

constexpr const char* kOrders = R"(
SELECT 'order', e.id,
       CONCAT_WS('|', COALESCE(o.number, ''), COALESCE(o.reference, ''), COALESCE(cu.email, '-'), COALESCE(os.handle, '-'), COALESCE(os.name, '-'), o.isCompleted,
                 o.isCompleted = 1 AND o.totalPrice - (SELECT COALESCE(SUM(CASE WHEN x.type IN ('purchase', 'capture') THEN x.amount WHEN x.type = 'refund' THEN -x.amount
                 ELSE 0 END), 0) FROM commerce_transactions x WHERE x.orderId = e.id AND x.status = 'success') <= 0,
                 o.itemSubtotal, o.itemTotal, o.totalTax, o.totalShippingCost, o.totalPrice),
       COALESCE(o.number, ''), COALESCE(os.handle, ''), o.isCompleted, 0
  FROM elements e JOIN elements_sites es ON es.elementId = e.id AND es.siteId = 1 JOIN commerce_orders o ON o.id = e.id
  LEFT JOIN users cu ON cu.id = o.customerId LEFT JOIN commerce_orderstatuses os ON os.id = o.orderStatusId
 WHERE e.draftId IS NULL AND e.revisionId IS NULL AND e.archived = 0 AND e.dateDeleted IS NULL ORDER BY e.id)";

std::string with_stock(std::string query) {
  constexpr std::string_view mark = "%STOCK%";
  query.replace(query.find(mark), mark.size(), kStock);
  return query;
}

}  // namespace

Result<std::vector<SampleDocument>> sample_documents(SqlSession& sql) {
  std::vector<SampleDocument> documents;
  for (const auto& query : {std::string(kEntries), std::string(kOrders), with_stock(kProducts), with_stock(kVariants)}) {
    auto rows = sql.rows(query);
    if (!rows) return rows.take_error();
    for (auto& row : *rows) {
      const auto text = [&row](std::size_t i) { return std::move(row[i]).value_or(""); };
      auto& document = documents.emplace_back();
      document.type = text(0);
      document.id = std::strtoll(text(1).c_str(), nullptr, 10);
      document.body = text(2);
      document.title = text(3);
      document.status = text(4);
      document.body += "|" + document.status;
      document.in_feed = text(5) == "1";
      document.told_as = std::strtoll(text(6).c_str(), nullptr, 10);
    }
  }
  return documents;
}

}  // namespace app::demo
