"""Begin the rows of tax with the rate that a seller's invoices have named so far.

A seller without one keeps to the settings, as its receipts have done.
"""

from django.db import migrations

FILL = """
INSERT INTO coworking_sellertax (seller_id, starts_on, vat)
SELECT id, '2000-01-01', trim_scale(vat_rate)::text FROM coworking_seller WHERE vat_rate IS NOT NULL
ON CONFLICT DO NOTHING
"""

UNFILL = """
UPDATE coworking_seller SET vat_rate = nullif(tax.vat, 'none')::numeric
FROM (SELECT DISTINCT ON (seller_id) seller_id, vat FROM coworking_sellertax ORDER BY seller_id, starts_on DESC) tax
WHERE tax.seller_id = coworking_seller.id
"""


class Migration(migrations.Migration):
    # A rate that no law knows stops here, by the check `seller_tax_of_a_known_rate`: put it right and go on.
    dependencies = [("coworking", "0011_seller_tax")]
    operations = [migrations.RunSQL(FILL, UNFILL)]
