"""The application identifiers of the GS1 General Specifications, as data.

Facts after the GS1 Barcode Syntax Dictionary, state of July 2026 (see
docs/decisions/0004-gs1-table.md). One row an AI, `|` between the columns, an
indented line goes on with the row above:

code    the AI, or a run of them (`3100..3105`: the last digit says the decimals)
name    what the value is
value   its parts in order: `n` digits, `x` 82, `y` 39, `z` 64 characters, then a
        length or a range of lengths, `~` and a check of `checks.CHECKS`, `?` if
        the part may be missing; `5*` repeats a part
link    in a Digital Link URI: `key` (also good in the query) with the qualifiers
        that may follow it in this order, `/` between alternatives; `query`; `no`
needs   the AIs of which one must stand on the same item; `+` means together
bars    the AIs that must not; `n` is any digit
"""

ROWS = """
00 | serial shipping container code (SSCC) | n18~check_digit | key | |
01 | GTIN of a trade item | n14~check_digit | key 22,10,21/235 | | 255 37
02 | GTIN of contained trade items | n14~check_digit | query | 37 | 01 03
03 | GTIN of a made-to-order item | n14~check_digit | no | | 01 02 37 235
10 | batch or lot | x1-20 | query | 01 02 03 8006 8026 |
11 | production date | n6~date_or_month | query | 01 02 03 8006 8026 |
12 | due date of a payment | n6~date_or_month | query | 8020 |
13 | packaging date | n6~date_or_month | query | 01 02 03 8006 8026 |
15 | best before date | n6~date_or_month | query | 01 02 03 8006 8026 |
16 | sell by date | n6~date_or_month | query | 01 02 03 8006 8026 |
17 | expiration date | n6~date_or_month | query | 01 02 03 255 8006 8026 |
20 | internal product variant | n2 | query | 01 02 03 8006 8026 |
21 | serial number | x1-20 | no | 01 03 8006 | 235
22 | consumer product variant | x1-20 | no | 01 |
235 | third-party serial number | x1-28 | no | 01 |
240 | additional product identification | x1-30 | query | 01 02 03 8006 8026 |
241 | customer part number | x1-30 | query | 01 02 03 8006 8026 |
242 | made-to-order variation | n1-6 | query | 01 02 8006 8026 |
243 | packaging component number | x1-20 | query | 01 03 |
250 | secondary serial number | x1-30 | query | 01+21 03+21 8006+21 |
251 | reference to source entity | x1-30 | query | 01 03 8006 |
253 | document type identifier (GDTI) | n13~check_digit x1-17? | key | |
254 | extension of a GLN | x1-20 | no | 414 |
255 | coupon number (GCN) | n13~check_digit n1-12? | key | |
    01 02 415 8006 8020 8026
30 | variable count of items | n1-8 | query | 01 02 |
3100..3105 | net weight, kg | n6 | query | 01 02 | 310n
3110..3115 | length, m | n6 | query | 01 02 | 311n
3120..3125 | width or diameter, m | n6 | query | 01 02 | 312n
3130..3135 | height or depth, m | n6 | query | 01 02 | 313n
3140..3145 | area, m² | n6 | query | 01 02 | 314n
3150..3155 | net volume, l | n6 | query | 01 02 | 315n
3160..3165 | net volume, m³ | n6 | query | 01 02 | 316n
3200..3205 | net weight, lb | n6 | query | 01 02 | 320n
3210..3215 | length, in | n6 | query | 01 02 | 321n
3220..3225 | length, ft | n6 | query | 01 02 | 322n
3230..3235 | length, yd | n6 | query | 01 02 | 323n
3240..3245 | width or diameter, in | n6 | query | 01 02 | 324n
3250..3255 | width or diameter, ft | n6 | query | 01 02 | 325n
3260..3265 | width or diameter, yd | n6 | query | 01 02 | 326n
3270..3275 | height or depth, in | n6 | query | 01 02 | 327n
3280..3285 | height or depth, ft | n6 | query | 01 02 | 328n
3290..3295 | height or depth, yd | n6 | query | 01 02 | 329n
3300..3305 | logistic weight, kg | n6 | query | 00 01 | 330n
3310..3315 | logistic length, m | n6 | query | 00 01 | 331n
3320..3325 | logistic width, m | n6 | query | 00 01 | 332n
3330..3335 | logistic height, m | n6 | query | 00 01 | 333n
3340..3345 | logistic area, m² | n6 | query | 00 01 | 334n
3350..3355 | logistic volume, l | n6 | query | 00 01 | 335n
3360..3365 | logistic volume, m³ | n6 | query | 00 01 | 336n
3370..3375 | kilograms per square metre | n6 | query | 01 | 337n
3400..3405 | logistic weight, lb | n6 | query | 00 01 | 340n
3410..3415 | logistic length, in | n6 | query | 00 01 | 341n
3420..3425 | logistic length, ft | n6 | query | 00 01 | 342n
3430..3435 | logistic length, yd | n6 | query | 00 01 | 343n
3440..3445 | logistic width, in | n6 | query | 00 01 | 344n
3450..3455 | logistic width, ft | n6 | query | 00 01 | 345n
3460..3465 | logistic width, yd | n6 | query | 00 01 | 346n
3470..3475 | logistic height, in | n6 | query | 00 01 | 347n
3480..3485 | logistic height, ft | n6 | query | 00 01 | 348n
3490..3495 | logistic height, yd | n6 | query | 00 01 | 349n
3500..3505 | area, in² | n6 | query | 01 02 | 350n
3510..3515 | area, ft² | n6 | query | 01 02 | 351n
3520..3525 | area, yd² | n6 | query | 01 02 | 352n
3530..3535 | logistic area, in² | n6 | query | 00 01 | 353n
3540..3545 | logistic area, ft² | n6 | query | 00 01 | 354n
3550..3555 | logistic area, yd² | n6 | query | 00 01 | 355n
3560..3565 | net weight, troy oz | n6 | query | 01 02 | 356n
3570..3575 | net weight or volume, oz | n6 | query | 01 02 | 357n
3600..3605 | net volume, US qt | n6 | query | 01 02 | 360n
3610..3615 | net volume, US gal | n6 | query | 01 02 | 361n
3620..3625 | logistic volume, US qt | n6 | query | 00 01 | 362n
3630..3635 | logistic volume, US gal | n6 | query | 00 01 | 363n
3640..3645 | net volume, in³ | n6 | query | 01 02 | 364n
3650..3655 | net volume, ft³ | n6 | query | 01 02 | 365n
3660..3665 | net volume, yd³ | n6 | query | 01 02 | 366n
3670..3675 | logistic volume, in³ | n6 | query | 00 01 | 367n
3680..3685 | logistic volume, ft³ | n6 | query | 00 01 | 368n
3690..3695 | logistic volume, yd³ | n6 | query | 00 01 | 369n
37 | count of contained items | n1-8 | query | 00+02 00+8026 |
3900..3909 | amount payable or coupon value | n1-15 | query | 255 8020 |
    390n 391n 394n 8111
3910..3919 | amount payable with currency | n3~currency n1-15 | query | 8020 | 391n
3920..3929 | price of a variable-measure item | n1-15 | query |
    01+30 01+31nn 01+32nn 01+35nn 01+36nn | 392n 393n
3930..3939 | price with currency | n3~currency n1-15 | query |
    30 31nn 32nn 35nn 36nn | 393n
3940..3943 | coupon discount, percent | n4 | query | 255 | 394n 8111
3950..3955 | price per unit of measure | n6 | query | 30 31nn 32nn 35nn 36nn |
    392n 393n 395n 8005
400 | customer's order number | x1-30 | query | |
401 | consignment number (GINC) | x1-30~company_prefix | key | |
402 | shipment number (GSIN) | n17~check_digit | key | |
403 | routing code | x1-30 | query | 00 |
410 | ship-to GLN | n13~check_digit | query | |
411 | bill-to GLN | n13~check_digit | query | |
412 | purchased-from GLN | n13~check_digit | query | |
413 | ship-for GLN | n13~check_digit | query | |
414 | GLN of a physical location | n13~check_digit | key 254/7040 | |
415 | GLN of the invoicing party | n13~check_digit | key 8020 | 8020 |
416 | GLN of production or service | n13~check_digit | query | |
417 | GLN of a party | n13~check_digit | key 7040 | |
420 | ship-to postal code, one country | x1-20 | query | | 421
421 | ship-to country and postal code | n3~country x1-9 | query | | 4307
422 | country of origin | n3~country | query | 01 02 03 8006 8026 | 426
423 | countries of initial processing | n3~country 4*n3?~country | query |
    01 02 03 | 426
424 | country of processing | n3~country | query | 01 02 03 | 426
425 | countries of disassembly | n3~country 4*n3?~country | query | 01 02 03 | 426
426 | country of the full process | n3~country | query | 01 02 03 |
427 | subdivision of the country of origin | x1-3 | query | 01+422 02+422 03+422 |
4300 | ship-to company | x1-35~percent_encoded | query | 00 |
4301 | ship-to contact | x1-35~percent_encoded | query | 00 |
4302 | ship-to address 1 | x1-70~percent_encoded | query | 00 |
4303 | ship-to address 2 | x1-70~percent_encoded | query | 4302 |
4304 | ship-to suburb | x1-70~percent_encoded | query | 00 |
4305 | ship-to locality | x1-70~percent_encoded | query | 00 |
4306 | ship-to region | x1-70~percent_encoded | query | 00 |
4307 | ship-to country | x2~country_letters | query | 00 |
4308 | ship-to telephone | x1-30 | query | 00 |
4309 | ship-to position | n10~latitude n10~longitude | query | 00 |
4310 | return-to company | x1-35~percent_encoded | query | 00 |
4311 | return-to contact | x1-35~percent_encoded | query | 00 |
4312 | return-to address 1 | x1-70~percent_encoded | query | 00 |
4313 | return-to address 2 | x1-70~percent_encoded | query | 4312 |
4314 | return-to suburb | x1-70~percent_encoded | query | 00 |
4315 | return-to locality | x1-70~percent_encoded | query | 00 |
4316 | return-to region | x1-70~percent_encoded | query | 00 |
4317 | return-to country | x2~country_letters | query | 00 |
4318 | return-to postal code | x1-20 | query | 00 |
4319 | return-to telephone | x1-30 | query | 00 |
4320 | service code | x1-35~percent_encoded | query | 00 |
4321 | dangerous goods flag | n1~yes_no | query | 00 |
4322 | authority to leave flag | n1~yes_no | query | 00 |
4323 | signature required flag | n1~yes_no | query | 00 |
4324 | not before delivery time | n6~date_or_month n4~hour_minute | query | 00 |
4325 | not after delivery time | n6~date_or_month n4~hour_minute | query | 00 |
4326 | release date | n6~date | query | 00 |
4330 | maximum temperature, °F | n6 x1?~hyphen | query | 00 | 4331
4331 | maximum temperature, °C | n6 x1?~hyphen | query | 00 | 4330
4332 | minimum temperature, °F | n6 x1?~hyphen | query | 00 | 4333
4333 | minimum temperature, °C | n6 x1?~hyphen | query | 00 | 4332
7001 | NATO stock number | n13 | query | 01 02 8006 8026 |
7002 | meat carcass classification | x1-30 | query | 01 02 |
7003 | expiration date and time | n6~date n4~hour_minute | query | 01 02 03 |
7004 | active potency | n1-4 | query | 01+10 03+10 |
7005 | catch area | x1-12 | query | 01 02 |
7006 | first freeze date | n6~date | query | 01 02 |
7007 | harvest date or dates | n6~date n6?~date | query | 01 02 |
7008 | aquatic species | x1-3 | query | 01 02 |
7009 | fishing gear type | x1-10 | query | 01 02 |
7010 | production method | x1-2 | query | 01 02 03 |
7011 | test by date | n6~date n4?~hour_minute | query | 01 02 03 |
7020 | refurbishment lot | x1-20 | query | 01+416 03+416 8006+416 |
7021 | functional status | x1-20 | query | 01 03 8006 |
7022 | revision status | x1-20 | query | 01+7021 03+7021 8006+7021 |
7023 | asset identifier of an assembly | x1-30~company_prefix | query | |
7030..7039 | processor with approval number | n3~country_or_999 x1-27 | query |
    01 02 |
7040 | unique identification code with extensions | n1 x1 x1 x1~importer_index |
    no | |
7041 | freight unit type | x1-4~package_type | no | 00 |
710 | health number, Germany | x1-20 | query | 01 |
711 | health number, France | x1-20 | query | 01 |
712 | health number, Spain | x1-20 | query | 01 |
713 | health number, Brazil | x1-20 | query | 01 |
714 | health number, Portugal | x1-20 | query | 01 |
715 | health number, United States | x1-20 | query | 01 |
716 | health number, Italy | x1-20 | query | 01 |
717 | health number (SRN) | x1-20 | query | 01 |
7230..7239 | certification reference | x2 x1-28 | query | 01 8004 |
7240 | protocol | x1-20 | query | 01 8006 | 03
7241 | carrier medium type | n2~media_type | query | 8017 8018 |
7242 | version control number | x1-25 | query | 8017 8018 |
7250 | date of birth | n8~long_date | query | 8018 | 7251
7251 | date and time of birth | n8~long_date n4~hour_minute | query | 8018 | 7250
7252 | biological sex | n1~sex | query | 8018 |
7253 | family name | x1-40~percent_encoded | query | 8017 8018 | 7256 7259
7254 | given name | x1-40~percent_encoded | query | 8017 8018 | 7256 7259
7255 | name suffix | x1-10 | query | 8017 8018 | 7256 7259
7256 | full name | x1-90~percent_encoded | query | 8017 8018 |
7257 | address of a person | x1-70~percent_encoded | query | 8018 |
7258 | birth sequence | x3~birth_sequence | query | 8018+7259 |
7259 | baby of family name | x1-40~percent_encoded | query | 8018 | 7256
8001 | roll product dimensions | n4~nonzero n5~nonzero n3~nonzero n1~winding n1 |
    query | 01 |
8002 | mobile telephone identifier | x1-20 | query | |
8003 | returnable asset identifier (GRAI) | n1~zero n13~check_digit x1-16? | key | |
8004 | individual asset identifier (GIAI) | x1-30~company_prefix | key 7040 | |
8005 | price per unit of measure | n6 | query | 01 02 |
8006 | piece of a trade item (ITIP) | n14~check_digit n4~piece_of_total |
    key 22,10,21 | | 01 03 37
8007 | international bank account number | x1-34~iban | query | 415 |
8008 | production date and time | n6~date n2~hour n2?~minute n2?~second | query |
    01 02 03 |
8009 | optical sensor indicator | x1-50 | query | 00 01 03 |
8010 | component or part identifier (CPID) | y1-30~company_prefix | key 8011 | |
8011 | serial number of a component | n1-12~no_leading_zero | no | 8010 |
8012 | software version | x1-20 | query | 01 03 8006 |
8013 | model number (GMN) | x1-25~check_pair~company_prefix | key | |
8014 | registration identifier of a device |
    x1-25~check_pair~company_prefix~not_all_digits | no | 01 |
8017 | service relation number, provider | n18~check_digit | key 8019 | | 8018
8018 | service relation number, recipient | n18~check_digit | key 8019 | | 8017
8019 | service relation instance number | n1-10 | no | 8017 8018 |
8020 | payment slip reference | x1-25 | no | 415 |
8026 | piece of contained trade items | n14~check_digit n4~piece_of_total | query |
    37 | 02 03 8006
8030 | digital signature | z1-90~padding | query |
    00 01+21 03+21 253 255 8003 8004 8006+21 8010+8011 8017 8018 |
8040 | IMEI | n15 | no | 01+21 |
8041 | second IMEI | n15 | no | 01+21+8040 |
8042 | eSIM number | n32 | no | 01+21+8040 |
8043 | SIM number | n18 n1-2? | no | 01+21+8040 |
8110 | coupon code, North America | x1-70~coupon | query | |
8111 | loyalty points of a coupon | n4 | query | 255 |
8112 | positive offer file coupon | x1-70~coupon_offer | query | |
8200 | extended packaging URL | x1-70 | no | 01 |
90 | agreed between trading partners | x1-30 | query | |
91..99 | company internal | x1-90 | query | |
"""
