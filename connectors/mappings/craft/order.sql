-- Orders. Carts (not completed) are told to subscribers only. One clock: the later of the element's and the order's own timestamp.
--@ resource order

--@ ids
{all_ids('craft\commerce\elements\Order')}

--@ document
SELECT e.id, COALESCE(o.number, '') AS number, COALESCE(o.reference, '') AS reference, cu.email AS email, os.handle AS status, os.name AS statusName,
       o.isCompleted AS "isCompleted:bool",
       -- paid: nothing outstanding, to the cent
       COALESCE(o.isCompleted = 1 AND CAST(ROUND(o.totalPrice / 100.0) AS INTEGER) * 100 - COALESCE(
          (SELECT SUM(CASE WHEN x.type IN ('purchase', 'capture') THEN x.amount WHEN x.type = 'refund' THEN -x.amount ELSE 0 END)
             FROM commerce_transactions x WHERE x.orderId = e.id AND x.status = 'success'), 0) <= 0, 0) AS "isPaid:bool",
       money(o.itemSubtotal, 4) AS "itemSubtotal:json", money(o.itemTotal, 4) AS "itemTotal:json", money(o.totalTax, 4) AS "totalTax:json",
       money(o.totalShippingCost, 4) AS "totalShippingCost:json", money(o.totalPrice, 4) AS "totalPrice:json", ts(e.dateCreated) AS dateCreated,
       (SELECT json_group_array(json_object('id', l.id, 'description', COALESCE(l.description, ''), 'sku', COALESCE(l.sku, ''), 'qty', l.qty))
          FROM (SELECT id, description, sku, qty FROM commerce_lineitems WHERE orderId = e.id ORDER BY dateCreated DESC, id) l) AS "lineItems:json",
       (SELECT json_group_array(json_object('id', l.id, 'description', COALESCE(l.description, ''), 'sku', COALESCE(l.sku, ''), 'qty', l.qty,
                                            'salePrice', json(money(l.salePrice, 4)), 'subtotal', json(money(l.subtotal, 4)), 'total', json(money(l.total, 4))))
          FROM (SELECT id, description, sku, qty, salePrice, subtotal, total FROM commerce_lineitems WHERE orderId = e.id ORDER BY dateCreated DESC, id) l) AS "pricedLineItems:json",
       os.handle AS "@index.status", o.number AS "@index.number", o.reference AS "@index.reference",
       o.isCompleted AS "@list", o.isCompleted AS "@feed",
       CASE WHEN e.dateDeleted IS NULL THEN 'live' ELSE 'deleted' END AS "@state", e.dateCreated AS "@created",
       COALESCE(e.dateDeleted, MAX(e.dateUpdated, o.dateUpdated)) AS "@updated"
  FROM elements e
  JOIN elements_sites es ON es.elementId = e.id AND es.siteId = :site
  JOIN commerce_orders o ON o.id = e.id
  LEFT JOIN users cu ON cu.id = o.customerId
  LEFT JOIN commerce_orderstatuses os ON os.id = o.orderStatusId
 WHERE e.id = :id AND e.type = 'craft\commerce\elements\Order' AND {canonical}

--@ part list
-- id, number, reference, email=null, emailRedacted=true, status, statusName, isCompleted, isPaid, itemSubtotal, itemTotal, totalTax, totalShippingCost,
-- totalPrice, dateCreated, updatedAt=@updated
--@ part feed
-- id, number, reference, status, statusName, isCompleted, isPaid, totalPrice, updatedAt=@updated
--@ part detail
-- +list, lineItems
--@ part sensitive
-- email, emailRedacted=false, lineItems=pricedLineItems
--@ part unredacted
-- email, emailRedacted=false
--@ part webhook
-- +feed

--@ affected elements when class craft\commerce\elements\Order
{element_row('craft\commerce\elements\Order')}
--@ affected elements_sites when class craft\commerce\elements\Order
{site_row('craft\commerce\elements\Order')}
--@ affected commerce_orders
SELECT :row_id
--@ affected users
SELECT id FROM commerce_orders WHERE customerId = :row_id
--@ affected commerce_orderstatuses
SELECT id FROM commerce_orders WHERE orderStatusId = :row_id
--@ affected commerce_transactions commerce_lineitems
SELECT :row_orderId
